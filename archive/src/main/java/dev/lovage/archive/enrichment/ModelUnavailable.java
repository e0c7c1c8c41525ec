package dev.lovage.archive.enrichment;

/// A model can't be loaded or run on this machine: its artifact is not there, or its native library does not fit the
/// system. Items can go on without it ([Enrichment#none]).
public final class ModelUnavailable extends RuntimeException {
    private final String artifact;

    ModelUnavailable(String artifact, Throwable cause) {
        super(
                "The model of " + artifact + " can't be used on this machine: " + cause
                        + ". Nothing was suggested, and nothing was changed. Put the artifact with its native libraries on"
                        + " the class path, on a system they are made for; or switch enrichment off.",
                cause);
        this.artifact = artifact;
    }

    /// Maven's group and artifact, such as `org.apache.opennlp:opennlp-models-langdetect`.
    public String artifact() {
        return artifact;
    }
}
