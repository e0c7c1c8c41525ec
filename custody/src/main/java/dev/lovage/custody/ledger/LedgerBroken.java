package dev.lovage.custody.ledger;

/// The ledger is not as it was written. Nothing is added to it before a person has looked.
public final class LedgerBroken extends IllegalStateException {
    LedgerBroken(String message) {
        super(message);
    }
}
