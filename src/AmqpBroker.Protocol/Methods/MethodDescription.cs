namespace AmqpBroker.Protocol;

/// <summary>What is known about a method.</summary>
/// <param name="Key">Class id &lt;&lt; 16 | method id.</param>
/// <param name="Name">As people write it: basic.publish.</param>
/// <param name="CarriesContent">Whether a content header and a body follow.</param>
/// <param name="IsSynchronous">Whether the sender waits for an answer.</param>
/// <param name="IsFromClient">Whether clients may send it.</param>
/// <param name="IsFromServer">Whether servers may send it.</param>
public readonly record struct MethodDescription(
    uint Key, string Name, bool CarriesContent, bool IsSynchronous, bool IsFromClient, bool IsFromServer);
