using AmqpBroker.Core.Arguments;

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

    private readonly NamePattern _configure = Parse(Configure);
    private readonly NamePattern _write = Parse(Write);
    private readonly NamePattern _read = Parse(Read);

    /// <summary>The pattern that names must match for this kind of access.</summary>
    internal NamePattern PatternFor(AccessKind kind) => kind switch
    {
        AccessKind.Configure => _configure,
        AccessKind.Write => _write,
        _ => _read,
    };

    /// <summary>The expression of a permission: an empty one matches the empty name alone.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    internal static NamePattern Parse(string pattern) => NamePattern.Parse(pattern.Length == 0 ? "^$" : pattern);
}
