package dev.lovage.archive.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AreaAverageTest {
    @Test
    void each_pixel_is_the_average_of_the_area_it_covers() {
        var random = new Random(3);
        for (var i = 0; i < 300; i++) {
            var width = 1 + random.nextInt(40);
            var height = 1 + random.nextInt(40);
            var toWidth = 1 + random.nextInt(width);
            var toHeight = 1 + random.nextInt(height);
            var source = new float[height][width * 2];
            for (var row : source) {
                for (var at = 0; at < row.length; at++) {
                    row[at] = random.nextFloat();
                }
            }
            var average = new AreaAverage(width, height, toWidth, toHeight, 2);
            for (var row : source) {
                average.row(row);
            }
            for (var y = 0; y < toHeight; y++) {
                for (var x = 0; x < toWidth * 2; x++) {
                    assertThat(average.samples()[y * toWidth * 2 + x])
                            .as("%d x %d to %d x %d, at %d, %d", width, height, toWidth, toHeight, x, y)
                            .isCloseTo(covered(source, width, toWidth, toHeight, x, y), within(0.0001f));
                }
            }
        }
    }

    /// Straight from the definition: every source pixel weighs as much as it overlaps.
    private static float covered(float[][] source, int width, int toWidth, int toHeight, int x, int y) {
        var sum = 0.0;
        var weights = 0.0;
        for (var row = 0; row < source.length; row++) {
            for (var column = 0; column < width; column++) {
                var weight = overlap(row, source.length, y, toHeight) * overlap(column, width, x / 2, toWidth);
                sum += weight * source[row][column * 2 + x % 2];
                weights += weight;
            }
        }
        return (float) (sum / weights);
    }

    private static double overlap(int at, int from, int target, int to) {
        var size = (double) from / to;
        return Math.max(0, Math.min(at + 1, (target + 1) * size) - Math.max(at, target * size));
    }
}
