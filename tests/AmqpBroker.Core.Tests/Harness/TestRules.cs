using System.Collections.Immutable;
using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>What every user may do, as the test says.</summary>
internal sealed class TestRules : IAccessRules
{
    private Permissions? _permissions = Permissions.All;
    private ImmutableDictionary<ShortString, TopicPermissions> _topics = ImmutableDictionary<ShortString, TopicPermissions>.Empty;

    public int Version { get; private set; }

    internal void Allow(string configure, string write, string read)
    {
        _permissions = new Permissions(configure, write, read);
        Version++;
    }

    internal void AllowNothing()
    {
        _permissions = null;
        Version++;
    }

    internal void AllowTopics(string exchange, string write, string read)
    {
        _topics = _topics.SetItem(ShortString.FromString(exchange), new TopicPermissions(write, read));
        Version++;
    }

    public Permissions? FindPermissions(ShortString user, ShortString virtualHost) => _permissions;

    public ImmutableDictionary<ShortString, TopicPermissions> FindTopicPermissions(ShortString user, ShortString virtualHost) => _topics;
}
