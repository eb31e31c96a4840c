import { type Me, rememberCsrf } from "../../api/client";
import { meQuery, queryClient } from "../../api/queries";

/** Logged in: what was cached for anybody else is void. */
export function enter(me: Me): void {
  queryClient.clear();
  rememberCsrf(me.csrf_token ?? null);
  queryClient.setQueryData(meQuery.queryKey, me);
}
