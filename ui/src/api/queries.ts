import {
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { api, data, Problem, rememberCsrf } from "./client";

/** A session that ends while the page is open leads to the login, and from there back here. */
function leave(error: unknown): void {
  if (!(error instanceof Problem) || error.code !== "unauthenticated" || !queryClient.getQueryData(["me"])) return;
  queryClient.clear();
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: leave }),
  mutationCache: new MutationCache({ onError: leave }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
    },
  },
});

export const meQuery = queryOptions({
  queryKey: ["me"],
  staleTime: 60_000,
  queryFn: async () => {
    const me = await data(api.GET("/api/v1/me"));
    rememberCsrf(me.csrf_token ?? null);
    return me;
  },
});

export const setupQuery = queryOptions({ queryKey: ["setup"], queryFn: () => data(api.GET("/api/v1/setup")) });
export const groupsQuery = queryOptions({ queryKey: ["groups"], queryFn: () => data(api.GET("/api/v1/groups")) });
export const tagsQuery = queryOptions({ queryKey: ["tags"], queryFn: () => data(api.GET("/api/v1/tags")) });
export const credentialsQuery = queryOptions({
  queryKey: ["credentials"],
  queryFn: () => data(api.GET("/api/v1/credentials")),
});
export const usersQuery = queryOptions({ queryKey: ["users"], queryFn: () => data(api.GET("/api/v1/users")) });
export const invitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: () => data(api.GET("/api/v1/invitations")),
});
export const tokensQuery = queryOptions({ queryKey: ["tokens"], queryFn: () => data(api.GET("/api/v1/tokens")) });
export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: () => data(api.GET("/api/v1/me/sessions")),
});
export const sshKeysQuery = queryOptions({
  queryKey: ["ssh-keys"],
  queryFn: () => data(api.GET("/api/v1/me/ssh-keys")),
});
export const gatewayQuery = queryOptions({
  queryKey: ["gateway"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: () => data(api.GET("/api/v1/gateway")),
});
export const settingsQuery = queryOptions({ queryKey: ["settings"], queryFn: () => data(api.GET("/api/v1/settings")) });
export const specsQuery = queryOptions({
  queryKey: ["specs"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: () => data(api.GET("/api/v1/metrics/specs")),
});

export function useMe() {
  return useQuery(meQuery);
}

/** May the user do this? Names are those of the API ("hosts.write"). */
export function useMay(): (permission: string) => boolean {
  const { data: me } = useMe();
  return (permission) => me?.permissions.includes(permission) ?? false;
}

/** A change on the server; the lists named by `touches` are read again afterwards. */
export function useChange<V, R>(change: (value: V) => Promise<R>, touches: readonly string[] = []) {
  const cache = useQueryClient();
  return useMutation<R, Error, V>({
    mutationFn: change,
    onSettled: () => Promise.all(touches.map((key) => cache.invalidateQueries({ queryKey: [key] }))),
  });
}
