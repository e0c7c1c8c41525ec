package dev.lovage.archive.image;

/// Makes an image smaller: each pixel is the average of the area that it covers in the source. Rows come from the
/// top, one by one, so that the source need not be held as a whole.
final class AreaAverage {
    private final int toWidth;
    private final int bands;
    private final Axis columns;
    private final Axis rows;
    private final double[] narrow;
    private final float[] samples;
    private final int toHeight;
    private int y;
    private int target;

    /// @param toWidth at most `width`
    /// @param toHeight at most `height`
    AreaAverage(int width, int height, int toWidth, int toHeight, int bands) {
        this.toWidth = toWidth;
        this.toHeight = toHeight;
        this.bands = bands;
        columns = new Axis(width, toWidth);
        rows = new Axis(height, toHeight);
        narrow = new double[toWidth * bands];
        samples = new float[toWidth * toHeight * bands];
    }

    /// What each target covers of the source: from `first` to `last`, of these two only a part.
    ///
    /// @param firstShare how much of `first` is covered, 0 to 1
    /// @param lastShare how much of `last`; 0 if it is `first` too, or nothing of it is covered
    private record Axis(int[] first, int[] last, double[] firstShare, double[] lastShare, double scale) {
        Axis(int from, int to) {
            this(new int[to], new int[to], new double[to], new double[to], (double) to / from);
            for (var i = 0; i < to; i++) {
                // whole numbers decide, so that rounding moves no border
                var start = (long) i * from;
                var end = start + from;
                first[i] = (int) (start / to);
                last[i] = (int) Math.min(end / to, from - 1L);
                firstShare[i] = 1 - (double) (start % to) / to;
                lastShare[i] = end / to < from ? (double) (end % to) / to : last[i] > first[i] ? 1 : 0;
            }
        }
    }

    /// @param row `width * bands` samples
    void row(float[] row) {
        for (var x = 0; x < toWidth; x++) {
            var first = columns.first[x] * bands;
            var last = columns.last[x] * bands;
            for (var band = 0; band < bands; band++) {
                var sum = columns.firstShare[x] * row[first + band];
                for (var at = first + bands + band; at < last; at += bands) {
                    sum += row[at];
                }
                narrow[x * bands + band] = sum + columns.lastShare[x] * row[last + band];
            }
        }
        while (target < toHeight && rows.first[target] <= y) {
            if (y == rows.first[target]) {
                add(target, rows.firstShare[target]);
            } else if (y == rows.last[target]) {
                add(target, rows.lastShare[target]);
            } else {
                add(target, 1);
            }
            if (y < rows.last[target]) {
                break;
            }
            target++;
        }
        y++;
    }

    private void add(int target, double weight) {
        var at = target * narrow.length;
        var scaled = weight * columns.scale * rows.scale;
        for (var i = 0; i < narrow.length; i++) {
            samples[at + i] += (float) (scaled * narrow[i]);
        }
    }

    float[] samples() {
        return samples;
    }
}
