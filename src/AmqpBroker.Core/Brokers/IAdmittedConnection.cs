namespace AmqpBroker.Core.Brokers;

/// <summary>An open connection, as the broker knows it.</summary>
public interface IAdmittedConnection
{
    /// <summary>Closes it with 320 and this reason, and returns at once. Any thread.</summary>
    void CloseByServer(string reason);
}
