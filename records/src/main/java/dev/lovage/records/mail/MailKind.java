package dev.lovage.records.mail;

/// What a message is for.
public enum MailKind {
    /// Asks for something, as far as a program can tell.
    REQUEST,
    /// Belongs to a submission we know.
    REPLY,
    /// A delivery status notification, or anything with a null return path.
    BOUNCE,
    /// A read receipt.
    MDN,
    /// Sent by a program in answer to a message.
    AUTO_REPLY,
    /// Sent to many: a list, a newsletter.
    BULK,
    /// An abuse report of a mail provider.
    FEEDBACK
}
