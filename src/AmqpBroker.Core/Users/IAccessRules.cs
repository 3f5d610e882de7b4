using System.Collections.Immutable;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Users;

/// <summary>Who may do what, as it is now. Any thread.</summary>
public interface IAccessRules
{
    /// <summary>Another number whenever something may have changed.</summary>
    int Version { get; }

    /// <summary>What the account may do in the virtual host; null when it may not use it at all.</summary>
    Permissions? FindPermissions(ShortString user, ShortString virtualHost);

    /// <summary>The account's permissions on topic exchanges of the virtual host, by exchange.</summary>
    ImmutableDictionary<ShortString, TopicPermissions> FindTopicPermissions(ShortString user, ShortString virtualHost);
}
