using System.Collections.Immutable;
using System.Text;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Users;

/// <summary>
/// The one place where it is decided whether a session may do what it asks for. Remembers what was allowed until something
/// changes in the accounts. Lane only, one for each session.
/// <para>
/// The order of checks, relative to each other and to other errors, is that of the callers in <c>Core/Sessions</c>: RabbitMQ's,
/// which looks at permissions before it looks whether something exists.
/// </para>
/// </summary>
internal sealed class AccessCheck
{
    /// <summary>Names remembered: more than a client uses again and again, and bounded for one that invents names.</summary>
    private const int MaxRemembered = 256;

    private static readonly ShortString s_defaultExchange = ShortString.FromString("amq.default");

    private readonly IAccessRules? _rules;
    private readonly ShortString _user;
    private readonly ShortString _virtualHost;
    private readonly Dictionary<(AccessKind Kind, ShortString Name), bool> _remembered = [];
    private readonly Dictionary<(AccessKind Kind, ShortString Exchange), NamePattern> _topics = [];
    private Permissions? _permissions;
    private ImmutableDictionary<ShortString, TopicPermissions> _topicPermissions = ImmutableDictionary<ShortString, TopicPermissions>.Empty;
    private int _version;

    /// <param name="rules">The accounts; null for a session that may do everything.</param>
    /// <param name="user">Whose session it is.</param>
    /// <param name="virtualHost">Where it is.</param>
    internal AccessCheck(IAccessRules? rules, ShortString user, ShortString virtualHost)
    {
        _rules = rules;
        _user = user;
        _virtualHost = virtualHost;
        if (rules is not null)
        {
            _version = rules.Version - 1;
        }
    }

    /// <summary>What was allowed under one version is allowed while it stays the same.</summary>
    internal int Version => _rules?.Version ?? 0;

    /// <exception cref="ChannelException">403.</exception>
    internal void Exchange(AccessKind kind, ShortString name)
    {
        ShortString asked = name.IsEmpty ? s_defaultExchange : name;
        if (!Allows(kind, asked))
        {
            throw Refused($"access to exchange '{asked}' in vhost '{_virtualHost}'");
        }
    }

    /// <exception cref="ChannelException">403.</exception>
    internal void Queue(AccessKind kind, ShortString name)
    {
        if (!Allows(kind, name))
        {
            throw Refused($"access to queue '{name}' in vhost '{_virtualHost}'");
        }
    }

    /// <summary>Whether this kind of access to the name is allowed.</summary>
    internal bool Allows(AccessKind kind, ShortString name)
    {
        Refresh();
        if (_rules is null)
        {
            return true;
        }

        NamePattern? pattern = _permissions?.PatternFor(kind);
        if (pattern is null || pattern.MatchesAll)
        {
            return pattern is not null;
        }

        if (!_remembered.TryGetValue((kind, name), out bool allowed))
        {
            allowed = pattern.IsMatch(name.Bytes);
            if (_remembered.Count == MaxRemembered)
            {
                _remembered.Clear();
            }

            _remembered.Add((kind, name), allowed);
        }

        return allowed;
    }

    /// <summary>Routing keys on this topic exchange have to be checked, each one.</summary>
    internal bool LimitsTopicsOf(ShortString exchange)
    {
        Refresh();
        return _topicPermissions.ContainsKey(exchange);
    }

    /// <summary>Checks a routing key on a topic exchange.</summary>
    /// <exception cref="ChannelException">403.</exception>
    internal void Topic(AccessKind kind, ShortString exchange, ShortString routingKey)
    {
        if (LimitsTopicsOf(exchange) && !TopicPattern(kind, exchange).IsMatch(routingKey.Bytes))
        {
            throw Refused($"access to topic '{routingKey}' in exchange '{exchange}' in vhost '{_virtualHost}'");
        }
    }

    private NamePattern TopicPattern(AccessKind kind, ShortString exchange)
    {
        if (!_topics.TryGetValue((kind, exchange), out NamePattern? pattern))
        {
            TopicPermissions permissions = _topicPermissions[exchange];
            string text = kind == AccessKind.Write ? permissions.Write : permissions.Read;
            try
            {
                pattern = Permissions.Parse(text
                    .Replace("{username}", TextOf(_user), StringComparison.Ordinal)
                    .Replace("{vhost}", TextOf(_virtualHost), StringComparison.Ordinal));
            }
            catch (ArgumentException)
            {
                // A name that is no expression where it was put: nothing matches it.
                pattern = Permissions.Parse("");
            }

            _topics.Add((kind, exchange), pattern);
        }

        return pattern;
    }

    private void Refresh()
    {
        if (_rules is null || _rules.Version == _version)
        {
            return;
        }

        _version = _rules.Version;
        Permissions? permissions = _rules.FindPermissions(_user, _virtualHost);
        if (!ReferenceEquals(permissions, _permissions))
        {
            _permissions = permissions;
            _remembered.Clear();
        }

        _topicPermissions = _rules.FindTopicPermissions(_user, _virtualHost);
        _topics.Clear();
    }

    private static string TextOf(ShortString name) => Encoding.UTF8.GetString(name.Bytes);

    private ChannelException Refused(string what) => new(ReplyCode.AccessRefused, $"{what} refused for user '{_user}'");
}
