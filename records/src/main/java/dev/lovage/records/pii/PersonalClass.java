package dev.lovage.records.pii;

/// A class of personal data. Where two spans overlap, the class named first here wins.
public enum PersonalClass {
    SSN,
    PAYMENT_CARD,
    EMAIL,
    DATE_OF_BIRTH,
    PHONE
}
