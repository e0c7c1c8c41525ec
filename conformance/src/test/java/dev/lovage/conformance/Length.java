package dev.lovage.conformance;

/// How long the tests run that are told in large numbers: `./check --long` asks for all of it, by the system
/// property `lovage.long`.
final class Length {
    private Length() {}

    static boolean full() {
        return Boolean.getBoolean("lovage.long");
    }

    static int of(int shorter, int full) {
        return full() ? full : shorter;
    }
}
