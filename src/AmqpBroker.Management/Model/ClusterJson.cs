namespace AmqpBroker.Management.Model;

/// <summary>Something that has but a name.</summary>
internal sealed record NameJson(string Name);

/// <summary>Something that newer clients and brokers agree on.</summary>
internal sealed record FeatureFlagJson(string Name)
{
    public string Desc { get; } = "";

    public string DocUrl { get; } = "";

    public string State { get; } = "enabled";

    public string Stability { get; } = "stable";

    public string ProvidedBy { get; } = "rabbit";
}

/// <summary>How one can log in.</summary>
internal sealed record AuthenticationJson
{
    public bool OauthEnabled { get; }

    public bool EnableUaa { get; }

    public string UaaClientId { get; } = "";

    public string UaaLocation { get; } = "";
}

/// <summary>A password's hash.</summary>
internal sealed record HashJson(string Ok);

/// <summary>Logins over one protocol.</summary>
internal sealed record AttemptsJson(string Protocol, long AuthAttempts, long AuthAttemptsFailed, long AuthAttemptsSucceeded);
