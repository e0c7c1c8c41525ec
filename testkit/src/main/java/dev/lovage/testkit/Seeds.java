package dev.lovage.testkit;

import java.util.Random;

/// Seeds of random schedules. Each is printed; the system property `lovage.seed` replays one.
public final class Seeds {
    private Seeds() {}

    /// @param test named beside the seed
    public static Random random(String test) {
        var given = System.getProperty("lovage.seed");
        var seed = given == null ? System.nanoTime() : Long.parseLong(given);
        System.out.println("seed of " + test + ": " + seed + " (replay with -Dlovage.seed=" + seed + ")");
        return new Random(seed);
    }
}
