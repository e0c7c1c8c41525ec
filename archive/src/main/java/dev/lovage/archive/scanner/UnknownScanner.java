package dev.lovage.archive.scanner;

import java.util.Set;

/// A batch names a scanner that is not configured. Nothing was captured.
public final class UnknownScanner extends IllegalArgumentException {
    private final String id;

    UnknownScanner(String id, Set<String> known) {
        super(
                known.isEmpty()
                        ? "No scanner is configured, and the batch asks for '" + id
                                + "'. Nothing was captured. Write one into"
                                + " the scanners' file, for example: \"" + id + ": {address:"
                                + " 'sane:127.0.0.1:6566/epson2:libusb:001:004', model: 'Perfection V850'}\" for a device"
                                + " behind saned, or \"" + id
                                + ": {address: 'folder:/srv/scans', model: 'OS 12000'}\" for a"
                                + " folder that scanning software fills."
                        : "There is no scanner '" + id + "'; those configured are " + String.join(", ", known)
                                + ". Nothing was captured. Correct the manifest, or add the scanner to the scanners' file.");
        this.id = id;
    }

    /// What was asked for.
    public String id() {
        return id;
    }
}
