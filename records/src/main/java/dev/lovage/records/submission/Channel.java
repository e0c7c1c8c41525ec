package dev.lovage.records.submission;

/// The way a request came in. The code is what is stored and hashed, so it never changes.
public enum Channel {
    WEB("web"),
    API_NFP("api.nfp"),
    API_NATIVE("api.native"),
    EMAIL("email"),
    CSV("csv"),
    STAFF("staff");

    private final String code;

    Channel(String code) {
        this.code = code;
    }

    public String code() {
        return code;
    }

    /// The channel of a stored code.
    ///
    /// @throws IllegalArgumentException if no channel has this code
    public static Channel ofCode(String code) {
        for (Channel channel : values()) {
            if (channel.code.equals(code)) {
                return channel;
            }
        }
        throw new IllegalArgumentException("No channel is called \"" + code
                + "\"; the channels are web, api.nfp, api.native, email, csv and staff.");
    }
}
