//! Tests of the whole module over loopback.
