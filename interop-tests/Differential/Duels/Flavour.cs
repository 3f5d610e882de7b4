namespace AmqpBroker.Differential.Duels;

/// <summary>What a random script has besides the steps that all have.</summary>
internal enum Flavour
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>One of the queues is a quorum queue with a delivery limit.</summary>
    Quorum,

    /// <summary>Messages of a short-lived queue have expirations of their own; a queue goes when it is not used.</summary>
    Expirations,

    /// <summary>Policies are put and deleted; the script has a virtual host of its own.</summary>
    Policies,

    /// <summary>Exchanges of the types that plugins bring.</summary>
    Plugins,

    /// <summary>Requests and replies over <c>amq.rabbitmq.reply-to</c>.</summary>
    Replies,

    /// <summary>Several commands in one write.</summary>
    Pipelined,
}
