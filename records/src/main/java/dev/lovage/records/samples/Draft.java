package dev.lovage.records.samples;

import java.util.Optional;

/// An invented request before it takes the form of a channel.
///
/// @param number its place in its channel, from 0; it also tells two people of one name apart
/// @param component the office it is meant for, if the requester knows
/// @param text paragraphs separated by an empty line
/// @param requesterClass in the words of our own JSON
/// @param expedite why it is urgent
/// @param emergency why life or safety is said to be at risk
record Draft(
        int number,
        String first,
        String last,
        String email,
        Optional<String> organisation,
        Optional<String> component,
        String subject,
        String text,
        String requesterClass,
        Optional<String> feeAmount,
        Optional<String> feeWaiver,
        Optional<String> expedite,
        Optional<String> emergency) {

    /// The same request sent again.
    Draft again(int otherNumber) {
        return new Draft(
                otherNumber,
                first,
                last,
                email,
                organisation,
                component,
                subject,
                text,
                requesterClass,
                feeAmount,
                feeWaiver,
                expedite,
                emergency);
    }
}
