package dev.lovage.archive.preservation;

import java.util.Locale;

/// What happened to an object: the Library of Congress' 50 event types, and no local ones. What they do not
/// say, an event says in its detail.
///
/// @see <a href="http://id.loc.gov/vocabulary/preservation/eventType">the vocabulary</a>
public enum EventType implements Term {
    ACCESSION("acc"),
    APPRAISAL("app"),
    CAPTURE("cap"),
    COMPILING("cop"),
    COMPRESSION("com"),
    CREATION("cre"),
    DEACCESSION("dea"),
    DECOMPRESSION("dec"),
    DECRYPTION("der"),
    DELETION("del"),
    DIGITAL_SIGNATURE_GENERATION("dsg"),
    DIGITAL_SIGNATURE_VALIDATION("dig"),
    DISPLAYING("dsp"),
    DISSEMINATION("dis"),
    ENCRYPTION("enc"),
    EXECUTION("exe"),
    EXPORTING("exp"),
    EXTRACTION("ext"),
    FILENAME_CHANGE("fil"),
    FIXITY_CHECK("fix"),
    FORENSIC_FEATURE_ANALYSIS("ffa"),
    FORMAT_IDENTIFICATION("for"),
    IMAGING("ima"),
    INFORMATION_PACKAGE_CREATION("ipc"),
    INFORMATION_PACKAGE_MERGING("ipm"),
    INFORMATION_PACKAGE_SPLITTING("ips"),
    INGESTION("ing"),
    INGESTION_END("ine"),
    INGESTION_START("ins"),
    INTERPRETING("int"),
    MESSAGE_DIGEST_CALCULATION("mes"),
    METADATA_EXTRACTION("mee"),
    METADATA_MODIFICATION("mem"),
    MIGRATION("mig"),
    MODIFICATION("mod"),
    NORMALIZATION("nor"),
    PACKING("pac"),
    POLICY_ASSIGNMENT("poa"),
    PRINTING("prt"),
    QUARANTINE("qua"),
    RECOVERY("rec"),
    REDACTION("red"),
    REFRESHMENT("ref"),
    RENDERING("ren"),
    REPLICATION("rep"),
    TRANSFER("tra"),
    UNPACKING("unp"),
    UNQUARANTINE("unq"),
    VALIDATION("val"),
    VIRUS_CHECK("vir");

    private final String code;

    EventType(String code) {
        this.code = code;
    }

    @Override
    public String scheme() {
        return "eventType";
    }

    @Override
    public String code() {
        return code;
    }

    @Override
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
