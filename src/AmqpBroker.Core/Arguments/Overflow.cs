namespace AmqpBroker.Core.Arguments;

/// <summary>What a queue does when it has more than its limit (<c>x-overflow</c>).</summary>
public enum Overflow
{
    /// <summary><c>drop-head</c>: the oldest message goes, to the dead-letter exchange if there is one.</summary>
    DropHead,

    /// <summary><c>reject-publish</c>: the new message is refused, with a nack in confirm mode.</summary>
    RejectPublish,

    /// <summary><c>reject-publish-dlx</c>: like <see cref="RejectPublish"/>, and the message is dead-lettered.</summary>
    RejectPublishDeadLetter,
}
