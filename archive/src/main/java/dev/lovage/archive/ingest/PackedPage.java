package dev.lovage.archive.ingest;

import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.EventId;
import dev.lovage.archive.event.Recorded;
import dev.lovage.archive.image.ImageFormat;
import dev.lovage.archive.preservation.FileObject;
import dev.lovage.archive.preservation.FileUse;
import dev.lovage.archive.vault.Kept;
import dev.lovage.archive.vault.Vault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// An item as it lies in a package: its master, and what was made of it.
///
/// @param number its place, four digits
record PackedPage(Item item, String number, FileObject master, List<Part> parts) {
    /// A file of the package.
    ///
    /// @param path in the bag
    record Part(FileObject object, Kept kept, String path, FileUse use) {}

    /// The good items of a batch, in their order.
    ///
    /// @throws PackageInvalid if one has no master
    static List<PackedPage> of(Packaging.Contents contents, Vault vault) throws IOException {
        var pages = new ArrayList<PackedPage>();
        var eventsOf = contents.events().stream().collect(Collectors.groupingBy(Recorded::subject));
        int number = 0;
        for (var item : contents.items()) {
            number++;
            var name = "%04d".formatted(number);
            var outputs = contents.outputs().getOrDefault(item.key(), Map.of());
            var events = eventsOf.getOrDefault(item.key(), List.of()).stream()
                    .collect(Collectors.toMap(event -> event.happened().step(), event -> event));
            var kept = outputs.get("master");
            if (kept == null) {
                throw new PackageInvalid("The master of " + item.path()
                        + " has no row. Nothing was packaged. Restore the database from a backup.");
            }
            var format = ImageFormat.of(vault.path(kept));
            var master = new FileObject(
                    item.key(),
                    item.path(),
                    kept.size(),
                    kept.sha256(),
                    format.map(ImageFormat::name).orElse("unknown"),
                    format.map(ImageFormat::pronomId),
                    List.of());
            var parts = new ArrayList<Part>();
            parts.add(new Part(master, kept, "data/masters/" + item.path(), FileUse.PRESERVATION));
            for (var side : List.of(128, 256, 512)) {
                derived(
                        parts,
                        item,
                        outputs,
                        events,
                        "thumbnail-" + side,
                        "data/thumbnails/" + name + "-" + side + ".jpg",
                        "JPEG File Interchange Format",
                        "fmt/43",
                        FileUse.THUMBNAIL);
            }
            derived(
                    parts,
                    item,
                    outputs,
                    events,
                    "text",
                    "data/ocr/" + name + ".txt",
                    "Plain Text File",
                    "x-fmt/111",
                    FileUse.OCR);
            derived(
                    parts,
                    item,
                    outputs,
                    events,
                    "hocr",
                    "data/ocr/" + name + ".hocr.html",
                    "Extensible Hypertext Markup Language",
                    "fmt/103",
                    FileUse.OCR);
            derived(
                    parts,
                    item,
                    outputs,
                    events,
                    "alto",
                    "data/ocr/" + name + ".alto.xml",
                    "Extensible Markup Language",
                    "fmt/101",
                    FileUse.OCR);
            pages.add(new PackedPage(item, name, master, parts));
        }
        return pages;
    }

    private static void derived(
            List<Part> parts,
            Item item,
            Map<String, Kept> outputs,
            Map<String, Recorded> events,
            String kind,
            String path,
            String format,
            String pronom,
            FileUse use) {
        var kept = outputs.get(kind);
        var made = events.get(kind);
        if (kept == null || made == null) {
            return;
        }
        var object = new FileObject(
                EventId.derived(item.key(), kind),
                path.substring(path.lastIndexOf('/') + 1),
                kept.size(),
                kept.sha256(),
                format,
                Optional.of(pronom),
                List.of(new FileObject.Derivation(item.key(), made.id())));
        parts.add(new Part(object, kept, path, use));
    }
}
