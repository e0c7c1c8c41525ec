package dev.lovage.records.scoring;

import java.util.OptionalInt;

/// What a score is computed from. Nothing here tells who the requester is.
///
/// @param businessDaysLeft of the nearest obligation that is open and not waiting for the requester; negative if
///     overdue, empty if there is none
/// @param expediteDecisionPending the requester asked for expedited processing, and nobody has decided yet
/// @param minutesWaiting since receipt, 0 or more
/// @param openFromRequester this requester's open submissions including this one, 0 or more
/// @param courtOrder a court ordered the answer
public record ScoringInput(
        OptionalInt businessDaysLeft,
        Track track,
        boolean expediteDecisionPending,
        RequesterClass requesterClass,
        Emergency emergency,
        long minutesWaiting,
        int openFromRequester,
        boolean courtOrder) {
    public ScoringInput {
        if (minutesWaiting < 0 || openFromRequester < 0) {
            throw new IllegalArgumentException("A submission has waited 0 minutes or more and its requester has 0 open"
                    + " submissions or more, but minutesWaiting is " + minutesWaiting + " and openFromRequester is "
                    + openFromRequester + ". Compute them from the same clock. Nothing was scored.");
        }
    }

    /// The queue in which a department answers.
    public enum Track {
        EXPEDITED,
        SIMPLE,
        COMPLEX
    }

    /// What the requester is for the purpose of fees.
    public enum RequesterClass {
        NEWS_MEDIA,
        EDUCATIONAL,
        COMMERCIAL,
        OTHER
    }

    /// Whether somebody says that a life or safety is in danger, and whether that was checked.
    public enum Emergency {
        NONE,
        CLAIMED,
        VERIFIED
    }
}
