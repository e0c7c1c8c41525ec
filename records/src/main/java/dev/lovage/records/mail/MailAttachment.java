package dev.lovage.records.mail;

import java.util.Optional;

/// A part that is kept as a file.
///
/// @param nameGiven as the sender wrote it, decoded; never a path to write to
/// @param safeName unique within its message, without path, control or direction characters
/// @param mediaTypeClaimed what the sender says it is, lower case; nothing has been checked
/// @param size decoded bytes
/// @param sha256 of the decoded bytes, lower-case hex
public record MailAttachment(
        Optional<String> nameGiven, String safeName, String mediaTypeClaimed, long size, String sha256) {}
