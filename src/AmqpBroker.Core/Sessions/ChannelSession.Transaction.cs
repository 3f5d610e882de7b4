using AmqpBroker.Core.Messages;

namespace AmqpBroker.Core.Sessions;

public sealed partial class ChannelSession
{
    /// <summary>What a transaction has gathered: publishes and settlements take effect at commit, all in one batch of the journal.</summary>
    private sealed class Transaction
    {
        internal List<(Message Message, bool Mandatory)> Publishes { get; } = [];

        internal List<(Unacked.Item Item, Settlement Settlement)> Settlements { get; } = [];
    }
}
