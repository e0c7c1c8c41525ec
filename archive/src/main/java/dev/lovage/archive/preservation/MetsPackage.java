package dev.lovage.archive.preservation;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// What METS says about a package.
///
/// @param id of the package, such as `urn:uuid:…`
/// @param creator name and version of the program that makes the package
/// @param descriptions of the whole; may be empty
/// @param files at least one
/// @param premis the file with the events, which lies beside the METS file
/// @param pages in order; may be empty
public record MetsPackage(
        String id,
        Instant created,
        String creator,
        List<Description> descriptions,
        List<File> files,
        PremisFile premis,
        List<Page> pages) {
    /// @param document its root element is the one that the format has
    public record Description(Format format, XmlPart document) {
        public enum Format {
            /// MODS 3.8
            MODS,
            /// Dublin Core
            DC
        }
    }

    /// @param path relative to the package, with `/`
    /// @param mix technical metadata of an image, MIX 2.0
    public record File(FileObject object, String path, String mediaType, FileUse use, Optional<XmlPart> mix) {
        UUID id() {
            return object.id();
        }
    }

    /// @param path relative to the package; its last part has `premis` in it and ends in `.xml`
    /// @param size in bytes
    public record PremisFile(String path, long size, String sha256) {
        public PremisFile {
            if (!path.substring(path.lastIndexOf('/') + 1).matches(".*premis.*\\.xml")) {
                throw new IllegalArgumentException(
                        "The PREMIS file is to be found by its name, …premis….xml, but it is '" + path + "'.");
            }
        }
    }

    /// @param label as printed on it, such as `1r`
    /// @param files the renditions of this page
    public record Page(String label, List<UUID> files) {
        public Page {
            files = List.copyOf(files);
        }
    }

    /// @throws IllegalArgumentException if there is no file, two have one name, or a page's file is not there
    public MetsPackage {
        descriptions = List.copyOf(descriptions);
        files = List.copyOf(files);
        pages = List.copyOf(pages);
        if (files.isEmpty()) {
            throw new IllegalArgumentException("A package has at least one file, but " + id + " has none.");
        }
        Set<UUID> known = new HashSet<>();
        Set<String> paths = new HashSet<>();
        for (var file : files) {
            if (!known.add(file.id()) || !paths.add(file.path())) {
                throw new IllegalArgumentException("Two files of " + id + " have the identifier " + file.id()
                        + " or the path " + file.path() + ".");
            }
        }
        for (var page : pages) {
            for (var file : page.files()) {
                if (!known.contains(file)) {
                    throw new IllegalArgumentException("Page " + page.label() + " of " + id + " has the file " + file
                            + ", which is not in the package.");
                }
            }
        }
    }
}
