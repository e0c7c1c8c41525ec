package dev.lovage.records.mail;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.io.MaxHeaderLengthLimitException;
import org.apache.james.mime4j.io.MaxHeaderLimitException;
import org.apache.james.mime4j.io.MaxLineLimitException;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.apache.james.mime4j.stream.RecursionMode;

/// Reads messages. Safe for use by several threads.
///
/// Invariants:
/// 1. A call ends in a [ParsedMail] or in a [MailRefused]; a message causes no other exception.
/// 2. Neither stack nor memory grows with what a message claims: nesting and parts are counted as they open,
///    attachments are hashed and not kept, attached messages are not opened.
/// 3. What is broken but can be read is repaired, and the repair is counted.
public final class MailParser {
    private final LongSupplier nanoTime;
    private final Mailroom mailroom;

    /// @param nanoTime a clock that only runs forward, such as `System::nanoTime`; it bounds the time of a call
    public MailParser(LongSupplier nanoTime, Mailroom mailroom) {
        this.nanoTime = nanoTime;
        this.mailroom = mailroom;
    }

    /// Reads a message from a stream, up to the size allowed. The stream is not closed.
    ///
    /// @throws MailRefused if the message is over a limit or unreadable
    /// @throws IOException if the stream fails
    public ParsedMail parse(InputStream message, MailLimits limits) throws IOException {
        return parse(message.readNBytes(limits.messageBytesMax() + 1), limits);
    }

    /// Reads a message.
    ///
    /// @throws MailRefused if the message is over a limit or unreadable
    public ParsedMail parse(byte[] message, MailLimits limits) {
        if (message.length > limits.messageBytesMax()) {
            throw new MailRefused(
                    MailRefused.Reason.MESSAGE_TOO_LARGE,
                    "The message is longer than the " + limits.messageBytesMax() + " bytes allowed.");
        }
        var budget = new Budget(nanoTime, limits.time());
        var repairs = new Repairs();
        switch (LineEnds.loneLineEnd(message)) {
            case '\r' -> repairs.count(MailWarning.Code.CR_ONLY_LINE_ENDS);
            case '\n' -> repairs.count(MailWarning.Code.LF_ONLY_LINE_ENDS);
            default -> {}
        }
        var reading = new MailReading(message.length, limits, budget, repairs);
        try {
            walk(message, limits, reading, budget, repairs);
        } catch (MaxHeaderLimitException tooMany) {
            throw new MailRefused(
                    MailRefused.Reason.TOO_MANY_HEADER_FIELDS,
                    "A header has more than the " + limits.headerFieldsMax() + " fields allowed.",
                    tooMany);
        } catch (MaxHeaderLengthLimitException tooLong) {
            throw HeaderBlock.fieldTooLong(limits);
        } catch (MimeException | IOException broken) {
            if (broken.getCause() instanceof MaxLineLimitException) {
                throw HeaderBlock.fieldTooLong(limits);
            }
            throw new MailRefused(
                    MailRefused.Reason.UNREADABLE, "The structure of the message cannot be read.", broken);
        }
        return reading.result(mailroom, ContentDigest.of(message, reading.header(), budget));
    }

    private static void walk(byte[] message, MailLimits limits, MailReading reading, Budget budget, Repairs repairs)
            throws MimeException, IOException {
        var config = MimeConfig.custom()
                .setMaxContentLen(-1)
                .setMaxHeaderCount(limits.headerFieldsMax() + 1)
                .setMaxHeaderLen(limits.fieldBytesMax() + 1)
                .setMaxLineLen(limits.fieldBytesMax() + 1)
                .build();
        var malformed = new MalformedLines(limits.fieldBytesMax() + 1);
        var stream = new MimeTokenStream(config, new BodyFaults(repairs), malformed, null);
        stream.setRecursionMode(RecursionMode.M_NO_RECURSE);
        stream.parse(new LineEnds(message));
        var headers = new ArrayDeque<HeaderBlock>();
        for (var state = stream.getState(); state != EntityState.T_END_OF_STREAM; state = next(stream)) {
            budget.check();
            switch (state) {
                case T_START_MESSAGE, T_START_BODYPART -> reading.part();
                case T_START_HEADER -> headers.push(new HeaderBlock(limits, repairs));
                case T_FIELD -> {
                    drain(malformed, headers.element());
                    headers.element().field(stream.getField().getRaw().toByteArray());
                }
                case T_END_HEADER -> {
                    drain(malformed, headers.element());
                    reading.headerEnds(headers.element());
                }
                case T_START_MULTIPART -> reading.open(headers.element());
                case T_END_MULTIPART -> reading.close();
                case T_BODY -> reading.leaf(headers.element(), stream.getDecodedInputStream());
                case T_END_BODYPART, T_END_MESSAGE -> headers.pop();
                case T_PREAMBLE, T_EPILOGUE, T_RAW_ENTITY, T_END_OF_STREAM -> {}
            }
        }
    }

    /// Steps on. What a message can make mime4j throw is, at this door, a fault of the message.
    private static EntityState next(MimeTokenStream stream) throws MimeException, IOException {
        try {
            return stream.next();
        } catch (MailRefused refused) {
            throw refused;
        } catch (RuntimeException unforeseen) {
            throw new MailRefused(
                    MailRefused.Reason.UNREADABLE, "The structure of the message cannot be read.", unforeseen);
        }
    }

    private static void drain(MalformedLines malformed, HeaderBlock header) {
        for (var line : malformed.take()) {
            header.malformed(line);
        }
    }

    /// Counts what mime4j notices while it decodes bodies, and lets it go on.
    private static final class BodyFaults extends DecodeMonitor {
        private final Repairs repairs;

        BodyFaults(Repairs repairs) {
            this.repairs = repairs;
        }

        @Override
        public boolean warn(String error, String dropped) {
            if (error.contains("prematurely") || error.contains("end of headers")) {
                repairs.count(MailWarning.Code.MULTIPART_UNFINISHED);
            } else if (!error.contains("header")) {
                repairs.count(MailWarning.Code.BODY_ENCODING_BROKEN);
            }
            return false;
        }

        @Override
        public boolean isListening() {
            return true;
        }
    }
}
