using AmqpBroker.Core.Exchanges;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Tests.Exchanges;

internal sealed class TestQueue(string name, bool durable = false) : Destination(ShortString.FromString(name))
{
    public override bool Durable => durable;
}
