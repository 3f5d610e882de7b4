using System.Text.Json.Serialization;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Model;

/// <summary>An account.</summary>
internal sealed record UserJson(
    string Name, string PasswordHash, string HashingAlgorithm, IReadOnlyList<string> Tags, IReadOnlyDictionary<string, long> Limits)
{
    public static UserJson From(UserInfo user) => new(
        user.Name,
        Convert.ToBase64String(user.PasswordHash.Span),
        Core.Users.PasswordHash.NameOf(user.Hashing),
        user.Tags,
        LimitNames.Of(user.Limits));
}

/// <summary>What an account may do in a virtual host.</summary>
internal sealed record PermissionJson(string User, string Vhost, string Configure, string Write, string Read)
{
    public static PermissionJson From(PermissionInfo p) => new(p.User, p.VirtualHost, p.Configure, p.Write, p.Read);
}

/// <summary>Which routing keys an account may use on a topic exchange.</summary>
internal sealed record TopicPermissionJson(string User, string Vhost, string Exchange, string Write, string Read)
{
    public static TopicPermissionJson From(TopicPermissionInfo p) => new(p.User, p.VirtualHost, p.Exchange, p.Write, p.Read);
}

/// <summary>The limits of a user or of a virtual host.</summary>
internal sealed record LimitsJson(IReadOnlyDictionary<string, long> Value)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? User { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Vhost { get; init; }
}
