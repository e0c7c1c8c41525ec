package dev.lovage.archive.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Small JPEG images of masters: longest side as asked for, never larger than the source, aspect kept to the pixel,
/// orientation applied, colours converted to sRGB, no profile and no metadata. Quality is 80, and less where 60 kB
/// would be reached. The same file gives the same bytes on the same Java.
///
/// Reads the first image of a TIFF or BigTIFF, JPEG, and PNG. The memory for one call is about 100 MB whatever the
/// size of the source: rows and columns are skipped while it is decoded, and what remains, 64 MB at most, is averaged
/// by area. Sources over 4 gigapixels are refused, and those whose pixels can't come from so small a file.
public final class Thumbnails {
    /// The sizes that a package holds.
    public static final List<Integer> SIDES = List.of(128, 256, 512);

    static final int SIDE_MAX = 512;

    private Thumbnails() {}

    /// @param side longest side in pixels, 1 to 512
    /// @throws ImageUnreadable if the file is no such image, is damaged, or is refused for its size
    public static Thumbnail of(Path source, int side) throws IOException {
        return of(source, List.of(side)).getFirst();
    }

    /// Decodes once and makes several sizes. Each is equal to the one that is made alone.
    ///
    /// @param sides longest sides in pixels, 1 to 512
    /// @return in the order of `sides`
    /// @throws ImageUnreadable if the file is no such image, is damaged, or is refused for its size
    public static List<Thumbnail> of(Path source, List<Integer> sides) throws IOException {
        for (var side : sides) {
            if (side < 1 || side > SIDE_MAX) {
                throw new IllegalArgumentException(
                        "A thumbnail's side has 1 to " + SIDE_MAX + " pixels, but " + side + " was asked for.");
            }
        }
        var picture = Decoding.decode(source);
        return sides.stream().map(side -> JpegEncoding.thumbnail(picture, side)).toList();
    }
}
