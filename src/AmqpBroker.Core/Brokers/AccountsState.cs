using System.Collections.Immutable;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Brokers;

/// <summary>Everything that belongs to the whole server, as it is at one moment. Immutable.</summary>
internal sealed record AccountsState
{
    /// <summary>Before the first start.</summary>
    public static readonly AccountsState Empty = new();

    /// <summary>Grows with every change.</summary>
    public int Version { get; init; }

    public ImmutableDictionary<ShortString, User> Users { get; init; } = ImmutableDictionary<ShortString, User>.Empty;

    /// <summary>The virtual hosts with the numbers that name their journals.</summary>
    public ImmutableDictionary<ShortString, (int Number, VirtualHostSettings Settings)> VirtualHosts { get; init; } =
        ImmutableDictionary<ShortString, (int, VirtualHostSettings)>.Empty;

    public ImmutableDictionary<(ShortString User, ShortString VirtualHost), Permissions> Permissions { get; init; } =
        ImmutableDictionary<(ShortString, ShortString), Permissions>.Empty;

    /// <summary>By exchange.</summary>
    public ImmutableDictionary<(ShortString User, ShortString VirtualHost), ImmutableDictionary<ShortString, TopicPermissions>> TopicPermissions { get; init; } =
        ImmutableDictionary<(ShortString, ShortString), ImmutableDictionary<ShortString, TopicPermissions>>.Empty;

    /// <summary>What components are told in virtual hosts, as JSON.</summary>
    public ImmutableDictionary<ParameterKey, string> Parameters { get; init; } = ImmutableDictionary<ParameterKey, string>.Empty;

    /// <summary>What is told the whole server, as JSON.</summary>
    public ImmutableDictionary<ShortString, string> GlobalParameters { get; init; } = ImmutableDictionary<ShortString, string>.Empty;

    /// <summary>The highest number that a virtual host ever had: none is given twice.</summary>
    public int LastVirtualHost { get; init; }

    /// <summary>Deleted virtual hosts whose journals are still to be removed from the disk.</summary>
    public ImmutableHashSet<int> Removals { get; init; } = [];

    /// <summary>There was never anything: the first start.</summary>
    public bool IsFirstStart => LastVirtualHost == 0 && Users.IsEmpty;

    /// <summary>Without the permissions that these are for.</summary>
    public AccountsState WithoutPermissions(Func<(ShortString User, ShortString VirtualHost), bool> areFor) => this with
    {
        Permissions = Permissions.RemoveRange(Permissions.Keys.Where(areFor)),
        TopicPermissions = TopicPermissions.RemoveRange(TopicPermissions.Keys.Where(areFor)),
    };

    /// <summary>The changes that make this state from an empty one.</summary>
    public IEnumerable<AccountChange> ToChanges()
    {
        yield return new NumbersSet(LastVirtualHost, [.. Removals]);
        foreach (User user in Users.Values)
        {
            yield return new UserPut(user);
        }

        foreach ((ShortString name, (int number, VirtualHostSettings settings)) in VirtualHosts)
        {
            yield return new VirtualHostPut(name, number, settings);
        }

        foreach (((ShortString user, ShortString host), Permissions permissions) in Permissions)
        {
            yield return new PermissionsPut(user, host, permissions);
        }

        foreach (((ShortString user, ShortString host), ImmutableDictionary<ShortString, TopicPermissions> topics) in TopicPermissions)
        {
            foreach ((ShortString exchange, TopicPermissions permissions) in topics)
            {
                yield return new TopicPermissionsPut(user, host, exchange, permissions);
            }
        }

        foreach ((ParameterKey key, string json) in Parameters)
        {
            yield return new ParameterPut(key, json);
        }

        foreach ((ShortString name, string json) in GlobalParameters)
        {
            yield return new GlobalParameterPut(name, json);
        }
    }
}
