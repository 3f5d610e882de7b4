using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Users;

/// <summary>An account. Immutable: a change makes a new one.</summary>
public sealed record User
{
    /// <summary>The name to log in with.</summary>
    public required ShortString Name { get; init; }

    /// <summary>Its password, as <see cref="Users.PasswordHash"/> keeps it; empty: nobody can log in with a password.</summary>
    public ReadOnlyMemory<byte> PasswordHash { get; init; }

    /// <summary>How <see cref="PasswordHash"/> was made.</summary>
    public PasswordHashing Hashing { get; init; }

    /// <summary>What the account may do in management; "impersonator" lets it publish with any user-id.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>How many connections and channels it may have.</summary>
    public UserLimits Limits { get; init; } = UserLimits.None;

    /// <summary>May publish with another's name in the user-id property.</summary>
    public bool Impersonates => Tags.Contains("impersonator");
}
