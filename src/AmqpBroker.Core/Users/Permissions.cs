namespace AmqpBroker.Core.Users;

/// <summary>What an account may do in one virtual host: a regular expression for each kind of access; an empty one allows nothing.</summary>
/// <param name="Configure">Names it may declare and delete.</param>
/// <param name="Write">Names it may publish to and bind.</param>
/// <param name="Read">Names it may consume from and bind from.</param>
public sealed record Permissions(string Configure, string Write, string Read)
{
    /// <summary>Everything.</summary>
    public static readonly Permissions All = new(".*", ".*", ".*");
}
