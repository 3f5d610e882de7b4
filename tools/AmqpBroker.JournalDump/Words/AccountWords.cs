using AmqpBroker.Core.Brokers;

namespace AmqpBroker.JournalDump.Words;

/// <summary>A record or image of the accounts' journal in words; of passwords it says nothing.</summary>
internal static class AccountWords
{
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static string Of(ReadOnlySpan<byte> record) => AccountChange.Read(record) switch
    {
        UserPut put => $"user '{put.User.Name}' with tags [{string.Join(", ", put.User.Tags)}]",
        UserDeleted deleted => $"user deleted: '{deleted.Name}'",
        VirtualHostPut put => $"virtual host '{put.Name}', journal vhost-{put.Number}",
        VirtualHostDeleted deleted => $"virtual host deleted: '{deleted.Name}'",
        VirtualHostRemoved removed => $"virtual host's files removed: vhost-{removed.Number}",
        PermissionsPut put => $"permissions of '{put.User}' in '{put.VirtualHost}'",
        PermissionsCleared cleared => $"permissions cleared: of '{cleared.User}' in '{cleared.VirtualHost}'",
        TopicPermissionsPut put => $"topic permissions of '{put.User}' in '{put.VirtualHost}' for '{put.Exchange}'",
        TopicPermissionsCleared cleared => $"topic permissions cleared: of '{cleared.User}' in '{cleared.VirtualHost}'",
        NumbersSet numbers => $"last virtual host's number {numbers.LastVirtualHost}, {numbers.Removals.Count} to be removed",
        ParameterPut put => $"parameter '{put.Key.Name}' of {put.Key.Component} in '{put.Key.VirtualHost}'", // its value may hold a password
        ParameterDeleted deleted => $"parameter deleted: '{deleted.Key.Name}' of {deleted.Key.Component} in '{deleted.Key.VirtualHost}'",
        GlobalParameterPut put => $"global parameter '{put.Name}'",
        GlobalParameterDeleted deleted => $"global parameter deleted: '{deleted.Name}'",
        var other => other.GetType().Name,
    };
}
