package dev.lovage.conformance;

/// How long tests are that count or wait: as in the checklist with `-Dlovage.long=true`, else shorter.
final class Length {
    private Length() {}

    static boolean full() {
        return Boolean.getBoolean("lovage.long");
    }
}
