package dev.lovage.archive.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/// The rows of a decoded image as samples from 0 to 1 without transparency: what shows through is white.
interface Rows {
    int width();

    int height();

    ColorSpace colors();

    /// @param samples receives `width * components` of them
    void read(int y, float[] samples);

    static Rows of(BufferedImage image, ColorSpace colors) {
        return switch (image.getColorModel()) {
            case IndexColorModel palette -> new Indexed(image.getRaster(), palette);
            case ComponentColorModel model
            when Components.readable(model) -> new Components(image.getRaster(), model, colors);
            default -> new Converted(image);
        };
    }

    /// Makes the image at most twice as large as the largest thumbnail.
    default Picture reduced(ImageFormat.Size full, int orientation) {
        var longest = Math.max(width(), height());
        var to = Math.min(longest, 2 * Thumbnails.SIDE_MAX);
        var toWidth = scaled(width(), to, longest);
        var toHeight = scaled(height(), to, longest);
        var bands = colors().getNumComponents();
        var average = new AreaAverage(width(), height(), toWidth, toHeight, bands);
        var row = new float[width() * bands];
        for (var y = 0; y < height(); y++) {
            read(y, row);
            average.row(row);
        }
        return new Picture(
                toWidth, toHeight, bands, average.samples(), colors(), full.width(), full.height(), orientation);
    }

    /// @return `length * to / from`, rounded, at least 1
    static int scaled(long length, long to, long from) {
        return (int) Math.max(1, (length * to + from / 2) / from);
    }

    /// Black and white, and palettes.
    record Indexed(Raster raster, ColorSpace colors, float[] palette, int[] line) implements Rows {
        Indexed(Raster raster, IndexColorModel model) {
            this(raster, ColorSpace.getInstance(ColorSpace.CS_sRGB), palette(model), new int[raster.getWidth()]);
        }

        private static float[] palette(IndexColorModel model) {
            var colors = new float[model.getMapSize() * 3];
            for (var i = 0; i < model.getMapSize(); i++) {
                onWhite(model.getRGB(i), colors, i * 3);
            }
            return colors;
        }

        @Override
        public int width() {
            return raster.getWidth();
        }

        @Override
        public int height() {
            return raster.getHeight();
        }

        @Override
        public void read(int y, float[] samples) {
            raster.getSamples(0, y, raster.getWidth(), 1, 0, line);
            for (var x = 0; x < line.length; x++) {
                var color = Math.min(line[x] * 3, palette.length - 3);
                samples[x * 3] = palette[color];
                samples[x * 3 + 1] = palette[color + 1];
                samples[x * 3 + 2] = palette[color + 2];
            }
        }
    }

    /// Whole samples of one size, or floating point.
    record Components(Raster raster, ComponentColorModel model, ColorSpace colors, float[] line, float scale)
            implements Rows {
        Components(Raster raster, ComponentColorModel model, ColorSpace colors) {
            this(raster, model, colors, new float[raster.getWidth() * raster.getNumBands()], scale(model));
        }

        static boolean readable(ComponentColorModel model) {
            return switch (model.getTransferType()) {
                case DataBuffer.TYPE_BYTE, DataBuffer.TYPE_USHORT, DataBuffer.TYPE_FLOAT -> true;
                default -> false;
            };
        }

        private static float scale(ComponentColorModel model) {
            return model.getTransferType() == DataBuffer.TYPE_FLOAT ? 1 : 1f / ((1 << model.getComponentSize(0)) - 1);
        }

        @Override
        public int width() {
            return raster.getWidth();
        }

        @Override
        public int height() {
            return raster.getHeight();
        }

        @Override
        public void read(int y, float[] samples) {
            raster.getPixels(0, y, raster.getWidth(), 1, line);
            var inLine = raster.getNumBands();
            var inColor = colors.getNumComponents();
            var alpha = model.hasAlpha() && inLine > inColor;
            var white = colors.getType() == ColorSpace.TYPE_CMYK ? 0f : 1f;
            for (var x = 0; x < raster.getWidth(); x++) {
                var opaque = alpha ? unit(line[x * inLine + inColor]) : 1f;
                for (var band = 0; band < inColor; band++) {
                    var value = unit(line[x * inLine + band]);
                    var color = alpha && !model.isAlphaPremultiplied() ? value * opaque : value;
                    samples[x * inColor + band] = color + (1 - opaque) * white;
                }
            }
        }

        private float unit(float sample) {
            var value = sample * scale;
            return value >= 0 ? Math.min(value, 1f) : 0f; // which makes NaN 0
        }
    }

    /// Anything else, slowly.
    record Converted(BufferedImage image, ColorSpace colors, int[] line) implements Rows {
        Converted(BufferedImage image) {
            this(image, ColorSpace.getInstance(ColorSpace.CS_sRGB), new int[image.getWidth()]);
        }

        @Override
        public int width() {
            return image.getWidth();
        }

        @Override
        public int height() {
            return image.getHeight();
        }

        @Override
        public void read(int y, float[] samples) {
            image.getRGB(0, y, image.getWidth(), 1, line, 0, image.getWidth());
            for (var x = 0; x < line.length; x++) {
                onWhite(line[x], samples, x * 3);
            }
        }
    }

    private static void onWhite(int argb, float[] samples, int at) {
        var alpha = (argb >>> 24) / 255f;
        samples[at] = (argb >> 16 & 255) / 255f * alpha + 1 - alpha;
        samples[at + 1] = (argb >> 8 & 255) / 255f * alpha + 1 - alpha;
        samples[at + 2] = (argb & 255) / 255f * alpha + 1 - alpha;
    }
}
