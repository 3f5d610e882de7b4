namespace AmqpBroker.Core.Snapshots;

/// <summary>What an account may do in a virtual host: regular expressions.</summary>
public sealed record PermissionInfo(string User, string VirtualHost, string Configure, string Write, string Read);

/// <summary>Which routing keys an account may use on a topic exchange: regular expressions.</summary>
public sealed record TopicPermissionInfo(string User, string VirtualHost, string Exchange, string Write, string Read);
