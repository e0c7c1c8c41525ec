package dev.lovage.archive.ocr;

import java.nio.ByteBuffer;

/// Where the pixels of a stored image lie once it stands upright. Stored pixel x, y lies at
/// `first + x * right + y * down`.
///
/// @param width of the upright image
/// @param height of the upright image
/// @param first where the first stored pixel lies
/// @param right from a stored pixel to its right neighbour
/// @param down from a stored pixel to the one below
record Turn(int width, int height, int first, int right, int down) {
    /// @param orientation TIFF's tag of this name, 1 to 8; others count as 1, upright
    static Turn of(int orientation, int w, int h) {
        return switch (orientation) {
            case 2 -> new Turn(w, h, w - 1, -1, w);
            case 3 -> new Turn(w, h, w * h - 1, -1, -w);
            case 4 -> new Turn(w, h, w * (h - 1), 1, -w);
            case 5 -> new Turn(h, w, 0, h, 1);
            case 6 -> new Turn(h, w, h - 1, h, -1);
            case 7 -> new Turn(h, w, w * h - 1, -h, -1);
            case 8 -> new Turn(h, w, h * (w - 1), -h, 1);
            default -> new Turn(w, h, 0, 1, w);
        };
    }

    void put(byte[] row, int y, ByteBuffer pixels) {
        int at = first + y * down;
        if (right == 1) {
            pixels.put(at, row);
            return;
        }
        for (byte pixel : row) {
            pixels.put(at, pixel);
            at += right;
        }
    }
}
