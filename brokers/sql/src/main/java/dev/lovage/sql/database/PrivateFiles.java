package dev.lovage.sql.database;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/// Files and folders that only their owner may open, where the file system knows owners.
final class PrivateFiles {
    private PrivateFiles() {}

    /// Creates the folder (0700) and the file (0600) where they are missing; what exists keeps its permissions.
    ///
    /// @return the file's real path
    static Path create(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path folder = absolute.getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder, permissions(absolute, "rwx------"));
        }
        try {
            Files.createFile(absolute, ownerOnly(absolute));
        } catch (FileAlreadyExistsException e) {
            // Another process was first, or it is an old database.
        }
        return absolute.toRealPath();
    }

    static FileAttribute<?>[] ownerOnly(Path file) {
        return permissions(file, "rw-------");
    }

    private static FileAttribute<?>[] permissions(Path file, String permissions) {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
