/// Reads an e-mail of any quality into the few facts that intake needs, within limits.
///
/// The life of a message: its line ends are made canonical, mime4j's token stream is walked under our own limits
/// ([MailLimits]), what is broken is repaired and counted ([MailWarning]), and the result is a [ParsedMail]. A message
/// that is over a limit or cannot be read ends as [MailRefused], whose reason names what a person has to look at.
@NullMarked
package dev.lovage.records.mail;

import org.jspecify.annotations.NullMarked;
