using AmqpBroker.Core.Brokers;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Alarms;
using AmqpBroker.Server.Timing;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Server.Connections;

/// <summary>What all connections of a server share.</summary>
/// <param name="Broker">Knows users and virtual hosts.</param>
/// <param name="Options">The limits.</param>
/// <param name="Wheel">The time limits' one timer.</param>
/// <param name="Properties">connection.start's server-properties, encoded once.</param>
/// <param name="Alarms">Says whether publishers have to wait.</param>
/// <param name="Quota">How many may be open.</param>
/// <param name="Logger">Where connections log.</param>
/// <param name="Limiter">Keeps floods out of the log.</param>
internal sealed record ConnectionServices(
    Broker Broker, ServerOptions Options, DeadlineWheel Wheel, FieldTable Properties, ResourceAlarms Alarms, ConnectionQuota Quota, ILogger Logger, LogLimiter Limiter)
{
    /// <summary>What they receive and send together.</summary>
    public TrafficTotals Traffic { get; } = new();
}
