using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Core.Definitions;

/// <summary>
/// What somebody wants to be there, as RabbitMQ's definitions files say it. What there is already stays; accounts, permissions,
/// parameters and policies become what is said.
/// </summary>
public sealed record DefinitionSet
{
    /// <summary>Accounts.</summary>
    public IReadOnlyList<UserInfo> Users { get; init; } = [];

    /// <summary>Virtual hosts.</summary>
    public IReadOnlyList<VirtualHostDefinition> VirtualHosts { get; init; } = [];

    /// <summary>Permissions.</summary>
    public IReadOnlyList<PermissionInfo> Permissions { get; init; } = [];

    /// <summary>Topic permissions.</summary>
    public IReadOnlyList<TopicPermissionInfo> TopicPermissions { get; init; } = [];

    /// <summary>Limits of virtual hosts.</summary>
    public IReadOnlyList<(string VirtualHost, VirtualHosts.VirtualHostQuota Limits)> VirtualHostLimits { get; init; } = [];

    /// <summary>Parameters of components.</summary>
    public IReadOnlyList<ParameterInfo> Parameters { get; init; } = [];

    /// <summary>Parameters of the whole server.</summary>
    public IReadOnlyList<GlobalParameterInfo> GlobalParameters { get; init; } = [];

    /// <summary>Policies and operator policies.</summary>
    public IReadOnlyList<(string VirtualHost, PolicyRequest Policy)> Policies { get; init; } = [];

    /// <summary>Exchanges.</summary>
    public IReadOnlyList<ExchangeDefinition> Exchanges { get; init; } = [];

    /// <summary>Queues.</summary>
    public IReadOnlyList<QueueDefinition> Queues { get; init; } = [];

    /// <summary>Bindings.</summary>
    public IReadOnlyList<BindingDefinition> Bindings { get; init; } = [];
}

/// <summary>A virtual host that is wanted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">For people.</param>
/// <param name="Tags">For people and tools.</param>
/// <param name="DefaultQueueType">The type of queues declared without one; null: classic.</param>
public sealed record VirtualHostDefinition(string Name, string Description, IReadOnlyList<string> Tags, string? DefaultQueueType);

/// <summary>An exchange that is wanted.</summary>
/// <param name="VirtualHost">Where.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">The name of its type.</param>
/// <param name="Durable">Whether it survives a restart.</param>
/// <param name="AutoDelete">Whether it goes with its last binding.</param>
/// <param name="Internal">Whether clients may not publish to it.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record ExchangeDefinition(
    string VirtualHost, string Name, string Type, bool Durable, bool AutoDelete, bool Internal, PlainTable Arguments);

/// <summary>A queue that is wanted.</summary>
/// <param name="VirtualHost">Where.</param>
/// <param name="Name">Its name.</param>
/// <param name="Durable">Whether it survives a restart.</param>
/// <param name="AutoDelete">Whether it goes with its last consumer.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record QueueDefinition(string VirtualHost, string Name, bool Durable, bool AutoDelete, PlainTable Arguments);

/// <summary>A binding that is wanted.</summary>
/// <param name="VirtualHost">Where.</param>
/// <param name="Source">The exchange that messages come from.</param>
/// <param name="Destination">The queue or exchange that they go to.</param>
/// <param name="ToExchange">Whether that is an exchange.</param>
/// <param name="RoutingKey">The binding key.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record BindingDefinition(
    string VirtualHost, string Source, string Destination, bool ToExchange, string RoutingKey, PlainTable Arguments);
