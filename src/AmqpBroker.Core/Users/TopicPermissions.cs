namespace AmqpBroker.Core.Users;

/// <summary>
/// Which routing keys an account may use on one topic exchange: regular expressions in which <c>{username}</c> and
/// <c>{vhost}</c> stand for what the session has. An account that has none for an exchange may use all keys there.
/// </summary>
/// <param name="Write">Keys it may publish with.</param>
/// <param name="Read">Keys it may bind with.</param>
public sealed record TopicPermissions(string Write, string Read);
