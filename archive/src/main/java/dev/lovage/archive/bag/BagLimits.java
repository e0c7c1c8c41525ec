package dev.lovage.archive.bag;

/// How much of a bag is held in memory.
///
/// @param entriesMax files that the manifests list, together
/// @param pathCharactersMax of their paths, together
/// @param lineCharactersMax of one line of a tag file
/// @param problemsMax reported one by one
record BagLimits(int entriesMax, long pathCharactersMax, int lineCharactersMax, int problemsMax) {
    static final BagLimits DEFAULT = new BagLimits(500_000, 64 << 20, 64 << 10, 1000);
}
