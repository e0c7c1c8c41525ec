package dev.lovage.archive.image;

import java.util.Arrays;

/// Makes an image smaller: each pixel is the average of the area that it covers in the source. Rows come from the
/// top, one by one, so that the source need not be held as a whole.
final class AreaAverage {
    private final int width;
    private final int toWidth;
    private final int bands;
    private final Axis columns;
    private final Axis rows;
    private final double[] narrow;
    private final float[] samples;
    private int y;

    /// @param toWidth at most `width`
    /// @param toHeight at most `height`
    AreaAverage(int width, int height, int toWidth, int toHeight, int bands) {
        this.width = width;
        this.toWidth = toWidth;
        this.bands = bands;
        columns = new Axis(width, toWidth);
        rows = new Axis(height, toHeight);
        narrow = new double[toWidth * bands];
        samples = new float[toWidth * toHeight * bands];
    }

    /// Where each source position goes: to a target, and from some position on to the next one too.
    ///
    /// @param share how much of the target each source position makes up
    /// @param spill how much of the next target
    private record Axis(int[] target, double[] share, double[] spill) {
        Axis(int from, int to) {
            this(new int[from], new double[from], new double[from]);
            var one = (double) to / from;
            for (var i = 0; i < from; i++) {
                // whole numbers decide, so that rounding moves no border
                var first = (int) ((long) i * to / from);
                var border = (first + 1L) * from;
                var beyond = Math.max(0, (i + 1L) * to - border);
                target[i] = first;
                spill[i] = (double) beyond / from;
                share[i] = one - spill[i];
            }
        }
    }

    /// @param row `width * bands` samples
    void row(float[] row) {
        Arrays.fill(narrow, 0);
        for (var x = 0; x < width; x++) {
            var share = columns.share[x];
            var spill = columns.spill[x];
            var at = columns.target[x] * bands;
            for (var band = 0; band < bands; band++) {
                narrow[at + band] += share * row[x * bands + band];
            }
            if (spill > 0) {
                for (var band = 0; band < bands; band++) {
                    narrow[at + bands + band] += spill * row[x * bands + band];
                }
            }
        }
        add(rows.target[y], rows.share[y]);
        if (rows.spill[y] > 0) {
            add(rows.target[y] + 1, rows.spill[y]);
        }
        y++;
    }

    private void add(int target, double weight) {
        var at = target * toWidth * bands;
        for (var i = 0; i < narrow.length; i++) {
            samples[at + i] += (float) (weight * narrow[i]);
        }
    }

    float[] samples() {
        return samples;
    }
}
