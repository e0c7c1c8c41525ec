package dev.lovage.custody;

import dev.lovage.sql.database.Migrations;

/// The tables of this module.
public final class CustodySchema {
    private static final int NEWEST = 1;

    private CustodySchema() {}

    public static Migrations migrations() {
        return Migrations.of("custody", CustodySchema.class, "migrations", NEWEST);
    }
}
