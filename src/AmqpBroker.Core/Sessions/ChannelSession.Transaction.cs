using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

public sealed partial class ChannelSession
{
    /// <summary>What a transaction has gathered: publishes and settlements take effect at commit, all in one batch of the journal.</summary>
    private sealed class Transaction
    {
        /// <summary>
        /// What the publishes of a transaction may hold until it is committed: it is kept in memory, and becomes durable in one
        /// batch of the journal.
        /// </summary>
        internal const long MaxBytes = OutcomeLog.SplitBytes;

        /// <summary>What a publish costs besides its content.</summary>
        private const int PublishOverheadBytes = 256;

        private long _bytes;

        internal List<(Message Message, bool Mandatory)> Publishes { get; } = [];

        /// <summary>Takes a reference to the message.</summary>
        /// <exception cref="ChannelException">406: the transaction is too large.</exception>
        internal void Publish(Message message, bool mandatory)
        {
            Count(message.Bytes);
            message.Retain();
            Publishes.Add((message, mandatory));
        }

        /// <summary>The message of a delivery that it refuses comes into memory.</summary>
        /// <exception cref="ChannelException">406: the transaction is too large.</exception>
        internal void Load(QueueEntry entry) => Count(entry.BodyLength);

        /// <summary>What it takes to commit is in memory, as far as it can be read.</summary>
        internal bool HasMessages { get; set; }

        private void Count(long bytes)
        {
            _bytes += bytes + PublishOverheadBytes;
            if (_bytes > MaxBytes)
            {
                throw new ChannelException(ReplyCode.PreconditionFailed, $"transaction exceeds {MaxBytes} bytes");
            }
        }

        internal List<(Unacked.Item Item, Settlement Settlement)> Settlements { get; } = [];
    }
}
