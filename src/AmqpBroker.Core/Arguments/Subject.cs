using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>How texts to clients name a queue or an exchange: <c>queue 'q' in vhost '/'</c>.</summary>
public static class Subject
{
    /// <summary>A queue.</summary>
    public static string Queue(ShortString name, string virtualHost) => $"queue '{name}' in vhost '{virtualHost}'";

    /// <summary>An exchange.</summary>
    public static string Exchange(ShortString name, string virtualHost) => $"exchange '{name}' in vhost '{virtualHost}'";
}
