//! Failed commits: nothing of them gets out, and what is opened again goes on.

use tidings_tests::world::{CommitFault, Disk, World};

use crate::crash::{ANN, BEN, check_chat, pair_and_chat};
