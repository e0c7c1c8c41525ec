package dev.lovage.engine.payload;

import java.io.IOException;

/// Payloads can't be written just now: a full disk, a folder of another machine. Nothing was sent or settled;
/// what was asked for may be asked for again.
public final class PayloadsAway extends RuntimeException {
    PayloadsAway(String where, IOException cause) {
        super(
                "Arguments that are too long for a message could not be written to " + where + ": " + cause
                        + ". Nothing was sent. Make room there, or see that the folder is there and can be written, and"
                        + " try again.",
                cause);
    }
}
