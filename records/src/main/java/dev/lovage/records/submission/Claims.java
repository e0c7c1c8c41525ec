package dev.lovage.records.submission;

import java.math.BigDecimal;
import java.util.Optional;

/// What the requester asserts about fees, speed and themselves. Nothing here is decided: staff determine it.
///
/// @param requesterClass the fee category they say they are in
/// @param feeAmountWillingUsd what they agree to pay, in US dollars, zero or more
/// @param emergency whether they say that life or safety is at risk
public record Claims(
        Optional<RequesterClass> requesterClass,
        Optional<BigDecimal> feeAmountWillingUsd,
        boolean feeWaiverRequested,
        Optional<String> feeWaiverExplanation,
        boolean expediteRequested,
        Optional<String> expediteExplanation,
        boolean emergency,
        Optional<String> emergencyExplanation) {

    public static final Claims NONE = new Claims(
            Optional.empty(),
            Optional.empty(),
            false,
            Optional.empty(),
            false,
            Optional.empty(),
            false,
            Optional.empty());

    /// @throws IllegalArgumentException if the amount is negative
    public Claims {
        if (feeAmountWillingUsd.isPresent() && feeAmountWillingUsd.get().signum() < 0) {
            throw new IllegalArgumentException("A requester is willing to pay zero dollars or more, but "
                    + feeAmountWillingUsd.get() + " was given.");
        }
    }
}
