//! What is looked at, by the word by which scripts know it.

/// Makes the subjects, and the list of their names.
macro_rules! subjects {
    ($($(#[$doc:meta])* $subject:ident $name:literal;)*) => {
        /// See the module.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Subject {
            $($(#[$doc])* $subject,)*
        }

        impl Subject {
            /// Its name, which stays the same.
            pub(super) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$subject => $name,)*
                }
            }
        }

        /// The names of all subjects.
        pub(crate) const NAMES: &[&str] = &[$($name),*];
    };
}

subjects! {
    /// The time that this device shows.
    Clock "clock";
    /// Where the profile is kept.
    Disk "disk";
    /// What it is kept in.
    Database "database";
    /// The addresses of this device.
    Interfaces "interfaces";
    /// Whether a node runs.
    Node "node";
    /// Where it can be connected to.
    Listening "listening";
    /// Whether others reach it from elsewhere.
    Reach "reach";
    /// Whether it finds others nearby.
    Discovery "discovery";
    /// Whom contacts are found by who are lost.
    Dht "dht";
    /// Who is connected.
    Neighbours "neighbours";
    /// What it keeps for others.
    Carrying "carrying";
    /// The directory in which bundles are looked for.
    Watching "watching";
    /// What was written, as it is shown.
    Documents "documents";
    /// Those who run another version.
    Versions "versions";
    /// Codes that were used.
    Joins "joins";
    /// What waits.
    Queue "queue";
    /// Faults of our own.
    Panics "panics";
    /// Somebody.
    Contact "contact";
    /// A room.
    Room "room";
    /// Whether somebody is connected.
    Connection "connection";
    /// What is sealed for somebody, and on its way.
    UnderWay "under_way";
}
