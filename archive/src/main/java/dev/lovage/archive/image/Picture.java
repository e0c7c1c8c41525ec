package dev.lovage.archive.image;

import java.awt.color.ColorSpace;

/// An image whose samples are numbers from 0 to 1, in the colours of its source.
///
/// @param samples rows from the top, pixel by pixel, `bands` samples each
/// @param fullWidth of the source; the picture may be smaller
/// @param orientation 1 to 8, not yet applied
record Picture(
        int width,
        int height,
        int bands,
        float[] samples,
        ColorSpace colors,
        long fullWidth,
        long fullHeight,
        int orientation) {

    Picture scaled(int toWidth, int toHeight) {
        if (toWidth == width && toHeight == height) {
            return this;
        }
        var average = new AreaAverage(width, height, toWidth, toHeight, bands);
        var row = new float[width * bands];
        for (var y = 0; y < height; y++) {
            System.arraycopy(samples, y * row.length, row, 0, row.length);
            average.row(row);
        }
        return new Picture(toWidth, toHeight, bands, average.samples(), colors, fullWidth, fullHeight, orientation);
    }
}
