namespace AmqpBroker.Core.Users;

/// <summary>What an account may do in one virtual host: a regular expression for each kind of access; an empty one allows nothing.</summary>
/// <param name="Configure">Names it may declare and delete.</param>
/// <param name="Write">Names it may publish to and bind.</param>
/// <param name="Read">Names it may consume from and bind from.</param>
/// <exception cref="ArgumentException">One of them is no regular expression.</exception>
public sealed record Permissions(string Configure, string Write, string Read)
{
    /// <summary>Everything.</summary>
    public static readonly Permissions All = new(".*", ".*", ".*");

    private readonly AccessPattern _configure = AccessPattern.Parse(Configure);
    private readonly AccessPattern _write = AccessPattern.Parse(Write);
    private readonly AccessPattern _read = AccessPattern.Parse(Read);

    /// <summary>The pattern that names must match for this kind of access.</summary>
    internal AccessPattern PatternFor(AccessKind kind) => kind switch
    {
        AccessKind.Configure => _configure,
        AccessKind.Write => _write,
        _ => _read,
    };
}
